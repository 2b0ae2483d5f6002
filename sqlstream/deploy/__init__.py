"""Where jobs can be sent: in this process, or to a cluster."""
