"""The plugins that ship with the platform, one package per domain."""
