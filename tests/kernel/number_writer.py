"""A process that writes numbered repairs for as long as it lives: `number_writer.py <url> <workspace> <seed>`."""

import random
import sys
from uuid import uuid4

import psycopg

url, workspace, seed = sys.argv[1:]
dice = random.Random(seed)
with psycopg.connect(url, autocommit=True, application_name="number_writer") as connection:
    while True:
        with connection.transaction() as undoable:
            connection.execute("SELECT jemeti.enter(%s, NULL)", [workspace])
            connection.execute(
                "INSERT INTO garage_repairs (id, number, concern)"
                " VALUES (%(id)s, jemeti.next_number('garage.repair', 'REP-{year}-{number:05}', %(id)s), 'Brakes')",
                {"id": uuid4()},
            )
            if dice.random() < 0.3:
                raise psycopg.Rollback(undoable)
