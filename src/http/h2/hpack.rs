//! Counts the header fields of a block as HPACK (RFC 7541) has them, without knowing what they say.
//!
//! One byte can stand for a field that was sent before. So the bytes of a block do not say how much memory its fields
//! will take, but their number does, and to count them nothing has to be remembered.

/// Where in a block a stream stands, and how many fields it had.
#[derive(Debug, Default)]
pub(super) struct Fields {
    count: usize,
    state: State,
    /// Texts of the current field that are yet to come: a name, a value, or both.
    texts: u8,
}

#[derive(Debug, Default)]
enum State {
    /// A field begins.
    #[default]
    Field,
    /// Within a number that does not matter.
    Index,
    /// The length of a text comes.
    Length,
    /// Within the length of a text: what it is so far, and the weight of the next byte.
    Longer(usize, u32),
    /// Within a text.
    Text(usize),
}

/// A length is cut off here: no block is as long.
const FAR: u32 = 21;

impl Fields {
    /// How many fields have begun.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn follow(&mut self, mut block: &[u8]) {
        while let Some((&byte, rest)) = block.split_first() {
            if let State::Text(left) = &mut self.state {
                let skipped = (*left).min(block.len());
                *left -= skipped;
                block = &block[skipped..];
                if *left == 0 {
                    self.state = self.texts_or_field();
                }
                continue;
            }
            block = rest;
            self.state = match self.state {
                State::Field => self.field(byte),
                State::Index if byte & 0x80 != 0 => State::Index,
                State::Index => self.texts_or_field(),
                State::Length if byte & 0x7f == 0x7f => State::Longer(0x7f, 0),
                State::Length => self.text(usize::from(byte & 0x7f)),
                State::Longer(sum, weight) => {
                    let sum = sum + (usize::from(byte & 0x7f) << weight.min(FAR));
                    if byte & 0x80 == 0 {
                        self.text(sum)
                    } else {
                        State::Longer(sum, weight.saturating_add(7))
                    }
                }
                // Dealt with above.
                State::Text(left) => State::Text(left),
            };
        }
    }

    /// The first byte of a field. Changes of the table's size count too: they take a caller as little.
    fn field(&mut self, byte: u8) -> State {
        self.count += 1;
        let (mask, literal) = match byte {
            0x80.. => (0x7f, false),
            0x40.. => (0x3f, true),
            0x20.. => (0x1f, false),
            _ => (0x0f, true),
        };
        let index = byte & mask;
        self.texts = match (literal, index) {
            (false, _) => 0,
            (true, 0) => 2,
            (true, _) => 1,
        };
        if index == mask { State::Index } else { self.texts_or_field() }
    }

    fn texts_or_field(&self) -> State {
        if self.texts > 0 { State::Length } else { State::Field }
    }

    fn text(&mut self, length: usize) -> State {
        self.texts -= 1;
        if length > 0 { State::Text(length) } else { self.texts_or_field() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(bits: u32, first: u8, value: usize) -> Vec<u8> {
        let most = (1 << bits) - 1;
        if value < most {
            return vec![first | value as u8];
        }
        let (mut bytes, mut rest) = (vec![first | most as u8], value - most);
        while rest >= 128 {
            bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
        bytes
    }

    fn text(length: usize) -> Vec<u8> {
        [number(7, 0x80, length), vec![0xbe; length]].concat()
    }

    /// A field of each kind there is.
    fn field() -> impl Strategy<Value = Vec<u8>> {
        let kinds = prop::sample::select(vec![(6, 0x40), (4, 0x00), (4, 0x10)]);
        prop_oneof![
            (1..5000_usize).prop_map(|index| number(7, 0x80, index)),
            (0..5000_usize).prop_map(|size| number(5, 0x20, size)),
            (kinds, 0..300_usize, 0..20_000_usize, 0..300_usize).prop_map(
                |((bits, first), index, value, name)| {
                    let name = if index == 0 { text(name) } else { Vec::new() };
                    [number(bits, first, index), name, text(value)].concat()
                }
            ),
        ]
    }

    proptest! {
        #[test]
        fn fields_are_counted_however_the_block_is_cut(
            sent in prop::collection::vec(field(), 0..12),
            step in 1..40_usize,
        ) {
            let mut fields = Fields::default();
            for piece in sent.concat().chunks(step) {
                fields.follow(piece);
            }
            prop_assert_eq!(fields.count(), sent.len());
        }

        #[test]
        fn nothing_upsets_it(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut fields = Fields::default();
            fields.follow(&bytes);
            prop_assert!(fields.count() <= bytes.len());
        }
    }

    #[test]
    fn a_byte_can_be_a_field_and_a_length_without_end_is_none() {
        let mut fields = Fields::default();
        fields.follow(&[0xbe; 1000]);
        assert_eq!(fields.count(), 1000);
        let mut fields = Fields::default();
        fields.follow(&[0x40, 0x7f]);
        fields.follow(&[0xff; 100_000]);
        assert_eq!(fields.count(), 1);
    }
}
