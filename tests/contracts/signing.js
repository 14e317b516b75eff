// What wallets sign for the contracts, by viem's own EIP-712.
import { getAddress, hexToBigInt, parseSignature, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const field = (text) => text.split(",").map((member) => {
  const [type, name] = member.split(" ");
  return { type, name };
});

/** A key that holds no ether. */
export const keyOf = (number) => privateKeyToAccount(toHex(number, { size: 32 }));

/** The address of a wallet or key as contracts print it. */
export const addressOf = (wallet) => getAddress(wallet.account?.address ?? wallet.address);

/** Sign for a contract: name of its domain, chain id, and `Type(type name,…)`. */
export const signer = (name, chainId, contract) => async (key, type, message, elsewhere = {}) => {
  const [primaryType, members] = type.replace(")", "").split("(");
  return await key.signTypedData({
    domain: { name, version: "1", chainId, verifyingContract: contract, ...elsewhere },
    types: { [primaryType]: field(members) },
    primaryType,
    message,
  });
};

/** v, r and s of a signature. */
export const vrs = (signature) => {
  const { r, s, v } = parseSignature(signature);
  return [Number(v), r, s];
};

/** The same signature in its other form, with s in the upper half. */
export const malleated = ([v, r, s]) => [v === 27 ? 28 : 27, r, toHex(ORDER - hexToBigInt(s), { size: 32 })];
