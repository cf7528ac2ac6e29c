"""Made-up traffic whose truth is known: everyday tickets, and storms of reports about one incident among them."""

import smart_support.alone  # noqa: F401
