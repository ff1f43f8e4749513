"""The inside of `jemeti_platform.embedded`, which is the only module that imports from here.

errors       what may go wrong
account      the OS user that PostgreSQL runs as
home         the folder of one cluster, and the folder of its socket
programs     initdb and postgres, from the wheel
claims       who uses a cluster: the last one out stops the server
cluster      the files of a cluster, made by initdb
postmaster   the server process: found, started, stopped
"""
