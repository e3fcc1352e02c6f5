"""What is to be embedded: windows of planes, their tissue and place."""
