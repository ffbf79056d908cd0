// FNV-1a over words, with MurmurHash3's last mix: neighbouring words must not get neighbouring hashes.
//   hash = FIRST_HASH; for each word: hash = next_hash(hash, word); then mixed(hash).

const FIRST_HASH = 2166136261u;

fn next_hash(hash: u32, word: u32) -> u32 {
  return (hash ^ word) * 16777619u;
}

fn mixed(hash: u32) -> u32 {
  var h = hash ^ (hash >> 16u);
  h *= 0x85ebca6bu;
  h ^= h >> 13u;
  h *= 0xc2b2ae35u;
  h ^= h >> 16u;
  return h;
}
