"""`python -m tests.bench` runs every benchmark."""

import asyncio

from tests.bench import embedded, evals, intake, overhead

embedded.main()
intake.main()
asyncio.run(overhead.main())
evals.main()
