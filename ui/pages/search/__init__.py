"""The page for collections."""
