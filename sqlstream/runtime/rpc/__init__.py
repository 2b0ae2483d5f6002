"""Control messages between processes: JSON over Flight actions."""
