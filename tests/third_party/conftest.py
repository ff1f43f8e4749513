# The plugin's own tests run where it is installed: test_acme_tyres.py sees to that.
collect_ignore = ["acme-tyres"]
