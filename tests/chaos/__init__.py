"""Real processes, killed and frozen at random, whose output must equal the undisturbed one."""
