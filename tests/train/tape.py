"""A CUDA graph on torch's CPU: work is recorded operation by operation, then replayed on the very same tensors."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

WAITS = {
    "_local_scalar_dense",
    "is_nonzero",
    "nonzero",
    "lift_fresh",
    "equal",
    "masked_select",
    "unique_dim",
    "_unique2",
}
"""What makes the host wait for a card, or a card for the host's numbers; a CUDA graph cannot hold any of it."""


class Tape(TorchDispatchMode):
    """Records while it is entered. Every value that the host puts in while it records stays what it was."""

    def __init__(self):
        super().__init__()
        self.operations = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function.overloadpacket.__name__
        if name in WAITS:
            raise RuntimeError(f"{name} cannot be captured")
        out = function(*args, **(kwargs or {}))
        self.operations.append((function, args, kwargs or {}, out))
        return out

    @torch.no_grad()
    def replay(self):
        for function, args, kwargs, out in self.operations:
            aliases = [result.alias_info for result in function._schema.returns]
            writes = any(a.alias_info is not None and a.alias_info.is_write for a in function._schema.arguments)
            if any(alias is not None for alias in aliases) and not writes:
                continue  # a view of a tensor that stays where it is
            new = function(*args, **kwargs)
            if not writes:
                for old, value in zip(tree_leaves(out), tree_leaves(new), strict=True):
                    if isinstance(old, torch.Tensor):
                        old.copy_(value)


def recorder(device):
    """In the place of `train.device.recorder`. To record does the work already, so the first replay does nothing."""

    def record(work, generator):
        tape, done = Tape(), [True]
        with tape:
            work()
        return lambda: done.pop() if done else tape.replay()

    return record
