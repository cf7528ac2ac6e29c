"""Training and evaluation of the light model. scikit-learn is needed to train (extra `train`), not to evaluate."""
