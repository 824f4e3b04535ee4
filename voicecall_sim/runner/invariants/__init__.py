"""What must hold in every run, whatever its scenario says."""
