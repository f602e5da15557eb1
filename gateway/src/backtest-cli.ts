import { createWriteStream } from "node:fs";
import { parseArgs } from "node:util";
import { formatProblems } from "@voorzorg/firmware-contracts";
import { GatewayError } from "#domain/errors.ts";
import type { CompiledRuleset } from "#domain/rules/ruleset.ts";
import type { Alarm } from "#pipeline/backtest/play-group.ts";
import { playGroup } from "#pipeline/backtest/play-group.ts";
