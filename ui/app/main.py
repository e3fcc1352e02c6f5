"""The Streamlit app; start it with ``brainseek ui``.

It lies in a folder of its own: beside a folder called ``pages`` Streamlit would take the files
in there for its pages, and greet whoever opens one by its address with 'Page not found'.
"""

import streamlit as st

from brainseek.ui.pages.cortex.page import cortex_page
from brainseek.ui.pages.identify.page import identify_page
from brainseek.ui.pages.modalities.page import stains_page
from brainseek.ui.pages.search.page import search_page

st.set_page_config(page_title="brainseek", layout="wide")
pages = [
    st.Page(identify_page, title="Name the plate", default=True),
    st.Page(search_page, title="Search a collection", url_path="search"),
    st.Page(cortex_page, title="Explore the cortex", url_path="cortex"),
    st.Page(stains_page, title="Across stains", url_path="stains"),
]
st.navigation(pages, position="top").run()
