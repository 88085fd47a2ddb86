"""`python -m tests.bench` runs every benchmark."""

import asyncio

from tests.bench import embedded, evals, overhead

embedded.main()
asyncio.run(overhead.main())
evals.main()
