"""The world outside: databases, brokers, receivers. Each module fulfils a port of the pipeline."""

import smart_support.alone  # noqa: F401
