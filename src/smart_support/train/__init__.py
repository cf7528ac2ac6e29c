"""Training and evaluation of the light model. scikit-learn is needed to train (extra `fit`), not to evaluate."""

import smart_support.alone  # noqa: F401
