"""What Smart-Support knows: frozen records and pure functions. No I/O, no framework, no clock of its own."""

import smart_support.alone  # noqa: F401
