"""What a process of the cluster tells about itself: its logs, its threads, its figures."""
