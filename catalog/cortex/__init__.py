"""What is seen around cortical vertices: cut from volumes, measured, simulated."""
