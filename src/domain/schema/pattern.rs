//! Weighs the regular expressions of a schema: what matching a byte of text takes.
//!
//! The engine is linear in the text, in one of two ways. While the automaton of an expression fits into the memory
//! that there is for it, a byte is one step of it, however large the expression. Else the engine goes on with every
//! place of the expression where the text so far may have led to; repetitions count as often as they repeat.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;

use jsonschema_regex::{PatternAnalysis, analyze_pattern, to_rust_regex};
use regex_automata::Input;
use regex_automata::hybrid::dfa::DFA;
use regex_automata::hybrid::regex::Regex;
use regex_syntax::ast::{self, Ast, ClassSetItem, Flag, GroupKind, Visitor};
use regex_syntax::hir::translate::Translator;
use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

/// Parts of all expressions together: it takes a quarter of a second to read them.
const PARTS: u64 = 500_000;

/// Memory that the engine has for one automaton, less what it needs beside.
const AUTOMATON: usize = 7 << 18;

/// Memory of automata that are made to weigh expressions, and later to match them.
const AUTOMATA: usize = 8 << 20;

/// Places, and parts beyond which an automaton is not worth making for fewer.
const FEW: u64 = 4;
const SMALL: u64 = 2_000;

/// Nanoseconds of one step of an automaton, rounded up.
const STEP: u64 = 2;

/// Nanoseconds for each place where a text may have led to.
const PLACE: u64 = 6;

/// What making parts of an automaton again and again comes to, for each byte.
const AGAIN: u64 = 40;

/// Expressions, and what they are made of.
#[derive(Default)]
pub(super) struct Patterns<'a> {
    weights: HashMap<&'a str, u64>,
    parts: u64,
    automata: usize,
}

impl<'a> Patterns<'a> {
    /// How many different ones there are.
    pub(super) fn count(&self) -> usize {
        self.weights.len()
    }

    /// Nanoseconds that a byte of text takes, about; without end where all expressions are too large together.
    pub(super) fn weigh(&mut self, pattern: &'a str) -> u64 {
        if let Some(weight) = self.weights.get(pattern) {
            return *weight;
        }
        let weight = self.weigh_new(pattern);
        self.weights.insert(pattern, weight);
        weight
    }

    fn weigh_new(&mut self, pattern: &str) -> u64 {
        match analyze_pattern(pattern) {
            // A text is compared with one after the other.
            Some(PatternAnalysis::Alternation(words)) => return STEP + words.len() as u64 / 4,
            Some(_) => return STEP,
            None => {}
        }
        if self.is_beyond(translation(pattern)) {
            return u64::MAX;
        }
        // What is no expression is left to the library to refuse.
        let Ok(expression) = to_rust_regex(pattern) else { return 0 };
        let Ok(written) = ast::parse::Parser::new().parse(&expression) else { return 0 };
        if self.is_beyond(Classes::of(&written).parts()) {
            return u64::MAX;
        }
        let Ok(tree) = Translator::new().translate(&expression, &written) else { return 0 };
        let parts = parts(&tree);
        if self.is_beyond(parts) {
            return u64::MAX;
        }
        // Only these are matched in one way alone; for others the engine has guesses that can fail.
        let from_the_start = tree.properties().look_set_prefix().contains(Look::Start);
        let width = Width::of(&tree);
        let places = if from_the_start { width.once } else { width.always };
        if from_the_start && (places > FEW || parts < SMALL) && self.has_small_automaton(&expression) {
            return STEP;
        }
        places.saturating_mul(PLACE).saturating_add(AGAIN)
    }

    fn is_beyond(&mut self, parts: u64) -> bool {
        self.parts = self.parts.saturating_add(parts);
        self.parts > PARTS
    }

    /// Whether the whole automaton is so small that the engine never has to forget a part of it.
    fn has_small_automaton(&mut self, expression: &str) -> bool {
        if self.automata > AUTOMATA {
            return false;
        }
        let config = DFA::config().cache_capacity(AUTOMATON).minimum_cache_clear_count(Some(0));
        let Ok(both) = Regex::builder().dfa(config.starts_for_each_pattern(true)).build(expression) else {
            return false;
        };
        let automaton = both.forward();
        let mut cache = automaton.create_cache();
        let units: Vec<_> = automaton.byte_classes().representatives(..).collect();
        let Ok(start) = automaton.start_state_forward(&mut cache, &Input::new("")) else { return false };
        let (mut seen, mut left) = (HashSet::from([start]), vec![start]);
        let mut whole = true;
        'states: while let Some(state) = left.pop() {
            if state.is_match() || state.is_dead() || state.is_quit() {
                continue;
            }
            for unit in &units {
                let next = match unit.as_u8() {
                    Some(byte) => automaton.next_state(&mut cache, state, byte),
                    None => automaton.next_eoi_state(&mut cache, state),
                };
                let Ok(next) = next else {
                    whole = false;
                    break 'states;
                };
                if seen.insert(next) {
                    left.push(next);
                }
            }
        }
        self.automata += cache.memory_usage();
        whole
    }
}

/// What it takes to write an expression as the engine wants it: the whole is read once more for each class that has a
/// letter for a name, in whose place its characters come, and up to each control character that is written with one.
fn translation(pattern: &str) -> u64 {
    let count = |names: &[u8]| {
        let class = |two: &&[u8]| two[0] == b'\\' && names.contains(&two[1]);
        pattern.as_bytes().windows(2).filter(class).count() as u64
    };
    let (spaces, others, controls) = (count(b"sS"), count(b"dDwW"), count(b"c"));
    (spaces + others + controls).saturating_mul(pattern.len() as u64 + 150 * spaces + 12 * others) / 25
}

/// What it takes to find the characters of classes, before it is known how many parts these have.
#[derive(Default)]
struct Classes {
    /// Those that Unicode has a name for.
    named: u64,
    /// Characters in all ranges.
    ranges: u64,
    /// Whether somewhere a letter stands for the large and the small one, which is looked up for each character.
    folds: bool,
}

impl Classes {
    fn of(written: &Ast) -> Classes {
        let Ok(classes) = ast::visit(written, Classes::default());
        classes
    }

    fn parts(&self) -> u64 {
        let (each, folded) = if self.folds { (10_000, self.ranges / 30) } else { (100, 0) };
        self.named.saturating_mul(each).saturating_add(folded)
    }
}

impl Visitor for Classes {
    type Output = Classes;
    type Err = Infallible;

    fn finish(self) -> Result<Classes, Infallible> {
        Ok(self)
    }

    fn visit_pre(&mut self, part: &Ast) -> Result<(), Infallible> {
        let flags = match part {
            Ast::Flags(set) => Some(&set.flags),
            Ast::Group(group) => match &group.kind {
                GroupKind::NonCapturing(flags) => Some(flags),
                _ => None,
            },
            _ => None,
        };
        self.folds |= flags.and_then(|flags| flags.flag_state(Flag::CaseInsensitive)) == Some(true);
        self.named += u64::from(matches!(part, Ast::ClassUnicode(_) | Ast::ClassPerl(_)));
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Infallible> {
        match item {
            ClassSetItem::Range(range) => {
                self.ranges += u64::from(range.end.c).saturating_sub(range.start.c.into());
            }
            ClassSetItem::Unicode(_) | ClassSetItem::Perl(_) => self.named += 1,
            _ => {}
        }
        Ok(())
    }
}

/// Parts of an expression, each as often as it is repeated.
fn parts(tree: &Hir) -> u64 {
    let sum = |trees: &[Hir]| trees.iter().map(parts).fold(1, u64::saturating_add);
    match tree.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len() as u64,
        HirKind::Class(Class::Unicode(class)) => class.ranges().len() as u64 + 4,
        HirKind::Class(Class::Bytes(class)) => class.ranges().len() as u64 + 4,
        HirKind::Capture(capture) => parts(&capture.sub) + 2,
        HirKind::Repetition(repetition) => parts(&repetition.sub).saturating_mul(copies(repetition)),
        HirKind::Concat(trees) | HirKind::Alternation(trees) => sum(trees),
    }
}

/// How often what is repeated stands in the automaton.
fn copies(repetition: &Repetition) -> u64 {
    u64::from(repetition.max.unwrap_or(repetition.min)).max(1)
}

/// How many places of an expression a text may have led to at the same time.
struct Width {
    /// Where it begins at one place of the text.
    once: u64,
    /// Where it may begin at any.
    always: u64,
    /// Characters of what matches it, where these are always as many.
    length: Option<u64>,
}

impl Width {
    fn of(tree: &Hir) -> Width {
        match tree.kind() {
            HirKind::Empty | HirKind::Look(_) => Width { once: 1, always: 1, length: Some(0) },
            HirKind::Literal(literal) => {
                let length = String::from_utf8_lossy(&literal.0).chars().count() as u64;
                Width { once: 1, always: length, length: Some(length) }
            }
            HirKind::Class(_) => Width { once: 1, always: 1, length: Some(1) },
            HirKind::Capture(capture) => Width::of(&capture.sub),
            HirKind::Repetition(repetition) => Width::repeated(repetition),
            HirKind::Concat(trees) => Width::in_turn(trees),
            HirKind::Alternation(trees) => Width::side_by_side(trees),
        }
    }

    fn repeated(repetition: &Repetition) -> Width {
        let Width { once, always, length } = Width::of(&repetition.sub);
        let copies = copies(repetition);
        let always = always.saturating_mul(copies);
        let exactly = repetition.max == Some(repetition.min);
        match length {
            Some(0) => Width { once: always, always, length },
            // One copy ends where the next begins.
            Some(one) => Width { once, always, length: exactly.then(|| one.saturating_mul(copies)) },
            None => Width { once: if repetition.max == Some(1) { once } else { always }, always, length },
        }
    }

    fn in_turn(trees: &[Hir]) -> Width {
        let mut whole = Width { once: 0, always: 0, length: Some(0) };
        let mut beside = 0_u64;
        for part in trees.iter().map(Width::of) {
            match (whole.length, part.length) {
                // Behind what is of any length a part may begin anywhere, and the others go on.
                (None, _) => beside = beside.saturating_add(part.always),
                (_, Some(0)) => beside = beside.saturating_add(part.once),
                _ => whole.once = whole.once.max(part.once),
            }
            whole.always = whole.always.saturating_add(part.always);
            whole.length = whole.length.zip(part.length).map(|(one, other)| one.saturating_add(other));
        }
        Width { once: whole.once.saturating_add(beside), ..whole }
    }

    fn side_by_side(trees: &[Hir]) -> Width {
        let mut parts = trees.iter().map(Width::of);
        let Some(mut whole) = parts.next() else { return Width { once: 0, always: 0, length: Some(0) } };
        for part in parts {
            whole.once = whole.once.saturating_add(part.once);
            whole.always = whole.always.saturating_add(part.always);
            whole.length = whole.length.filter(|length| part.length == Some(*length));
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn weight(pattern: &str) -> u64 {
        Patterns::default().weigh(pattern)
    }

    #[test]
    fn ordinary_expressions_weigh_next_to_nothing() {
        for pattern in [
            "^[a-z0-9-]{1,63}$",
            r"^\d{4}-\d{2}-\d{2}$",
            r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$",
            "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
            r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$",
            r"^[^@\s]{1,64}@[^@\s]{1,255}$",
            r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$",
            r"^\p{L}+$",
            r"^\S(.{0,198}\S)?$",
            "^(get|put|post)$",
            "^x-",
        ] {
            assert_eq!(weight(pattern), STEP, "{pattern}");
        }
        for pattern in [r"\S", r"\p{L}", "[A-Z]", r"^[\p{L}\p{N} '-]{1,100}$", r"^\p{Lu}\p{L}{0,99}$"] {
            assert!(weight(pattern) <= AGAIN + 4 * PLACE, "{pattern}: {}", weight(pattern));
        }
        assert!(weight("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}") < 270);
    }

    #[test]
    fn repetitions_that_a_text_can_lead_into_at_many_places_weigh_as_much_as_they_repeat() {
        for pattern in [
            "[ab]*a[ab]{500}[^ab]",
            "^[ab]*a[ab]{500}[^ab]",
            "[ab]{500}a.*$",
            "[a-c]{500}c",
            "^(?:[ab]{1,2}){250}a[ab]{20}$",
        ] {
            assert!(weight(pattern) >= 500 * PLACE, "{pattern}: {}", weight(pattern));
        }
    }

    #[test]
    fn what_takes_long_to_read_is_beyond_all_bounds() {
        let all_short = r"\d".repeat(20_000);
        for pattern in [r"(?:\p{L}{30}){30}", "(?:[a-z]{1000}){1000}", &all_short, r"\p{L}{1000}"] {
            assert_eq!(weight(pattern), u64::MAX, "{pattern}");
        }
        let (named, ranges) = (r"\p{Any}".repeat(8_000), "[!-\u{10ffff}]".repeat(8_000));
        let (folded, controls) = (format!("(?i){ranges}"), r"\cA".repeat(20_000));
        for pattern in [&named, &format!("(?i:{named})"), &folded, &controls] {
            let begun = Instant::now();
            assert_eq!(weight(pattern), u64::MAX, "{}", &pattern[..20]);
            assert!(begun.elapsed() < Duration::from_secs(5), "{}: {:?}", &pattern[..20], begun.elapsed());
        }
        assert!(weight(r"(?i)^[a-z0-9\p{L} -]{1,64}$") < 300);
        let many: Vec<String> = (0..10).map(|n| format!(r"^\p{{L}}{{{}}}$", 100 + n)).collect();
        let mut patterns = Patterns::default();
        assert_eq!(many.iter().map(|pattern| patterns.weigh(pattern)).max(), Some(u64::MAX));
    }
}
