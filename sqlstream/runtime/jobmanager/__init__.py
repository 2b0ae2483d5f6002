"""The control plane: pure state machines, and the shell that gives them time and hands."""
