"""The command line and the Streamlit app."""
