"""What every node is: settings, identity, life cycle, a door for people."""
