"""HTTP: services, schemas, bodies, answers."""
