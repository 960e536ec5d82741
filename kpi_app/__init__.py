"""The outside world: store, intake, web, exports and command line."""

__version__ = "0.1.0"
