"""What every node is: who it is, its settings, its life from start to stop."""
