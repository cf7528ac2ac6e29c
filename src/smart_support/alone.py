"""How the libraries of the system behave in its processes: set when the first package that uses them is loaded, and not
by the client, whose process is another's."""

import os

# ONNX Runtime's own builds report to their makers unless they are told not to before they are loaded; nothing that runs
# here tells anybody anything.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# The cores are the encoder's: threads of NumPy's own beside it would make both slower. Read when NumPy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
