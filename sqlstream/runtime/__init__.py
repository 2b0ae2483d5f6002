"""Running JobGraphs: control plane, task loop, exchange, network, MiniCluster."""
