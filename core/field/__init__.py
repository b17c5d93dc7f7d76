"""The signed distance of one head: the network at fixed codes, by compiled kernels or by torch."""
