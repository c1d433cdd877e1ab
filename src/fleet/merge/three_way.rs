//! Base, mine and theirs become one: what one side left alone is as the other has it; what both changed alike is so; what both
//! changed differently is left open, and never decided here.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::place::{Place, identities};
use super::{ListKind, Lists, Merged, Overlap};

/// Brings together what `mine` and `theirs` made of `base`.
pub fn three_way(base: &Value, mine: &Value, theirs: &Value, lists: &Lists<'_>) -> Merged {
    let mut merging = Merging {
        lists,
        open: Vec::new(),
    };
    let sides = Sides {
        base: Some(base),
        mine: Some(mine),
        theirs: Some(theirs),
    };
    let value = merging.value(&Place::default(), sides).unwrap_or_default();
    Merged {
        value,
        open: merging.open,
    }
}

/// The three readings of one place.
#[derive(Clone, Copy)]
struct Sides<'a> {
    base: Option<&'a Value>,
    mine: Option<&'a Value>,
    theirs: Option<&'a Value>,
}

struct Merging<'a> {
    lists: &'a Lists<'a>,
    open: Vec<Overlap>,
}

impl Merging<'_> {
    fn value(&mut self, place: &Place, sides: Sides<'_>) -> Option<Value> {
        let Sides { base, mine, theirs } = sides;
        if mine == theirs || theirs == base {
            return mine.cloned();
        }
        if mine == base {
            return theirs.cloned();
        }
        let merged = match (mine, theirs) {
            (Some(Value::Object(mine)), Some(Value::Object(theirs))) => {
                Some(self.objects(place, base, mine, theirs))
            }
            (Some(Value::Array(mine)), Some(Value::Array(theirs))) => self.arrays(place, base, mine, theirs),
            (Some(_) | None, Some(_) | None) => None,
        };
        merged.or_else(|| {
            self.open.push(Overlap {
                pointer: place.pointer.clone(),
                base: base.cloned(),
                mine: mine.cloned(),
                theirs: theirs.cloned(),
            });
            // What is open has a place in the object, so that it can be decided there.
            theirs.or(mine).cloned()
        })
    }

    fn objects(
        &mut self,
        place: &Place,
        base: Option<&Value>,
        mine: &Map<String, Value>,
        theirs: &Map<String, Value>,
    ) -> Value {
        let base = base.and_then(Value::as_object);
        let only_mine = mine.keys().filter(|name| !theirs.contains_key(*name));
        let mut merged = Map::new();
        for name in theirs.keys().chain(only_mine) {
            let sides = Sides {
                base: base.and_then(|base| base.get(name)),
                mine: mine.get(name),
                theirs: theirs.get(name),
            };
            if let Some(value) = self.value(&place.field(name), sides) {
                merged.insert(name.clone(), value);
            }
        }
        Value::Object(merged)
    }

    /// Lists whose elements can be told apart; nothing where they cannot.
    fn arrays(
        &mut self,
        place: &Place,
        base: Option<&Value>,
        mine: &[Value],
        theirs: &[Value],
    ) -> Option<Value> {
        let keys = match (self.lists)(&place.pattern) {
            ListKind::Atomic => return None,
            ListKind::Set => None,
            ListKind::Map(keys) => Some(keys),
        };
        let base = match base {
            None => &[],
            Some(Value::Array(base)) => base.as_slice(),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
                return None;
            }
        };
        let [base, mine, theirs] = [base, mine, theirs].map(|list| Elements::new(list, keys.as_deref()));
        let (base, mine, theirs) = (base?, mine?, theirs?);
        let mut merged = Vec::new();
        for identity in order(&base, &mine, &theirs)? {
            let sides = Sides {
                base: base.get(&identity),
                mine: mine.get(&identity),
                theirs: theirs.get(&identity),
            };
            if let Some(value) = self.value(&place.element(merged.len()), sides) {
                merged.push(value);
            }
        }
        Some(Value::Array(merged))
    }
}

/// A list whose elements can be told apart.
struct Elements<'a> {
    identities: Vec<String>,
    by_identity: HashMap<String, &'a Value>,
}

impl<'a> Elements<'a> {
    fn new(list: &'a [Value], keys: Option<&[compact_str::CompactString]>) -> Option<Self> {
        let identities = identities(list, keys)?;
        let by_identity = identities.iter().cloned().zip(list).collect();
        Some(Self {
            identities,
            by_identity,
        })
    }

    fn get(&self, identity: &str) -> Option<&'a Value> {
        self.by_identity.get(identity).copied()
    }

    /// Its elements among `common`, in its order.
    fn order_of(&self, common: &HashSet<&str>) -> Vec<&str> {
        let identities = self.identities.iter().map(String::as_str);
        identities.filter(|identity| common.contains(identity)).collect()
    }
}

/// All elements that mine or theirs has, in the order of whoever changed the order; nothing where both did, differently.
fn order(base: &Elements<'_>, mine: &Elements<'_>, theirs: &Elements<'_>) -> Option<Vec<String>> {
    let in_all = |identity: &&str| mine.get(identity).is_some() && theirs.get(identity).is_some();
    let common: HashSet<&str> = base
        .identities
        .iter()
        .map(String::as_str)
        .filter(in_all)
        .collect();
    let [before, of_mine, of_theirs] = [base, mine, theirs].map(|list| list.order_of(&common));
    let (first, second) = match (of_mine == before, of_theirs == before) {
        (true, _) => (theirs, mine),
        (false, true) => (mine, theirs),
        (false, false) if of_mine == of_theirs => (theirs, mine),
        (false, false) => return None,
    };
    let mut order = first.identities.clone();
    // What only the other one has stands behind what stands before it there.
    let mut at = 0;
    for identity in &second.identities {
        if let Some(known) = order.iter().position(|known| known == identity) {
            at = known + 1;
        } else {
            order.insert(at, identity.clone());
            at += 1;
        }
    }
    Some(order)
}
