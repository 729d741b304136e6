"""The scale-out matrix: larger topologies, of which parts are killed, stopped and started anew."""
