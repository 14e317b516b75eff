import { createRequire } from "node:module";

import hardhatNodeTestRunner from "@nomicfoundation/hardhat-node-test-runner";
import hardhatViem from "@nomicfoundation/hardhat-viem";
import hardhatViemAssertions from "@nomicfoundation/hardhat-viem-assertions";
import { defineConfig } from "hardhat/config";

const require = createRequire(import.meta.url);
// Who builds beside somebody else names a folder of its own.
const built = process.env.PASSPORT_CONTRACTS_BUILD ?? "./var/hardhat";

export default defineConfig({
  plugins: [hardhatNodeTestRunner, hardhatViem, hardhatViemAssertions],
  paths: {
    sources: "./contracts",
    tests: "./tests/contracts",
    artifacts: `${built}/artifacts`,
    cache: `${built}/cache`,
  },
  test: {
    solidity: {
      // One seed, so that a failure comes again; another is tried by hand, and then kept as a case.
      fuzz: { runs: 64, seed: "0x636172626f6e2070617373706f7274", failurePersistDir: `${built}/fuzz` },
      invariant: { runs: 16, depth: 48, failOnRevert: true, failurePersistDir: `${built}/invariant` },
    },
  },
  solidity: {
    version: "0.8.37",
    // The npm package is the compiler: nothing is downloaded, and the lock file pins it.
    path: require.resolve("solc/soljson.js"),
    settings: {
      optimizer: { enabled: true, runs: 10_000 },
      evmVersion: "cancun",
      // Without the source's hash the bytecode depends on the code alone, not on its comments.
      metadata: { bytecodeHash: "none" },
    },
  },
});
