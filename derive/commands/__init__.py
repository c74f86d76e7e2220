"""What the commands do, one file for each: the command line calls them, and loads each only when it is asked for."""
