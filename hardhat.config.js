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
