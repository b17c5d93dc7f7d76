"""Before and after on one page: views, map, profile and measurements, as PDF or HTML, made without a network."""
