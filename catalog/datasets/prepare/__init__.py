"""Steps that turn the public files of a data set into the folder that the readers expect.

Every step is a function ``prepare(raw, out, data_set)``: the public files lie in
``raw/<source key>/<path in the repository>``, the prepared files are written to the empty folder
``out``, and `data_set` is the manifest entry. Afterwards the store checks ``out`` file by file.
"""
