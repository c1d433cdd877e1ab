//! Checksums: of one record, so that a flipped bit is found and the record named; and of all records together, so that a
//! record that is missing, doubled or old is found, whichever way it came about.
//!
//! Against accidents, not against an enemy: who can write the files can write what they like.

/// CRC-32 of `parts`, one behind the other. Finds every flip of up to 32 bits in a row.
pub(super) fn checksum(parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()
}

/// What stands for all records of a store: the sum of what stands for each, so that one commit changes it by its own
/// records alone, in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Digest(pub(super) u64);

impl Digest {
    /// Takes a record in: its key, and the checksum that it carries.
    pub(super) fn add(&mut self, key: &[u8], checksum: u32) {
        self.0 = self.0.wrapping_add(record(key, checksum));
    }

    /// Takes a record out.
    pub(super) fn remove(&mut self, key: &[u8], checksum: u32) {
        self.0 = self.0.wrapping_sub(record(key, checksum));
    }
}

/// Spreads key and checksum over 64 bits, so that sums of different records do not meet by their likeness.
fn record(key: &[u8], sum: u32) -> u64 {
    let mut bits = (u64::from(checksum(&[key])) << 32) | u64::from(sum);
    // The finaliser of SplitMix64: every bit of the input moves about half of the output's.
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_knows_what_is_in_it_and_not_the_order() {
        let mut one = Digest::default();
        one.add(b"a", 1);
        one.add(b"b", 2);
        let mut other = Digest::default();
        other.add(b"b", 2);
        other.add(b"x", 3);
        other.add(b"a", 1);
        assert_ne!(one, other);
        other.remove(b"x", 3);
        assert_eq!(one, other);
        let mut swapped = Digest::default();
        swapped.add(b"a", 2);
        swapped.add(b"b", 1);
        assert_ne!(one, swapped);
    }

    #[test]
    fn every_flipped_bit_changes_the_checksum() {
        let record = b"metadata and data".to_vec();
        let good = checksum(&[b"key", &record]);
        for bit in 0..record.len() * 8 {
            let mut bad = record.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(checksum(&[b"key", &bad]), good, "bit {bit}");
        }
        assert_ne!(checksum(&[b"kez", &record]), good);
    }
}
