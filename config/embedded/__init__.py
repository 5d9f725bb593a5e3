"""Real PostgreSQL and Valkey from Python packages, for machines that have neither.

Nothing here is used when ``DATABASE_URL`` and ``REDIS_URL`` name services of your own.

``instance``    where one instance keeps its data and its sockets
``isolation``   how PostgreSQL, which refuses to be root, is run by root all the same
``servers``     the command lines of PostgreSQL and Valkey
``keeper``      the process that is their parent and stops them when its last client has gone
``client``      how every other process reaches them: connect, hold the line, hang up
``databases``   roles, the template database, clones
``clusters``    the cache of a whole prepared cluster
``commands``    the services around a management command
``launch``      ``make demo``
"""
