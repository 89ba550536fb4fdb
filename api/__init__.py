"""The edge: the command line and whatever else talks to people, clocks, files and stores."""
