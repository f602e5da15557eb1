import { seedTests } from "./seed-tests.ts";

// A file of its own, so that another core runs them.
seedTests(11, 10);
