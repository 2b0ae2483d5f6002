"""The built-in connectors: filesystem, datagen, print, blackhole, socket."""
