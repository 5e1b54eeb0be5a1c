//! The conditional types: rules that stay keep their place and their comments.

use super::edit::{integer, put};
use super::{Choices, type_names};
use crate::domain::{Condition, TypeRule};
use toml_edit::{Array, ArrayOfTables, InlineTable, Item, Table, TableLike, Value};

const KEY: &str = "conditional_types";

/// Makes the list say what was chosen; `old` is what it says now, as far as that could be read.
pub(super) fn write(itglue: &mut dyn TableLike, old: &[TypeRule], choices: &Choices) {
    let rules = &choices.rules;
    if old == rules.as_slice() && !(old.is_empty() && itglue.contains_key(KEY)) {
        return;
    }
    if rules.is_empty() {
        itglue.remove(KEY);
        return;
    }
    let names = type_names(choices);
    match itglue.get_mut(KEY) {
        Some(Item::ArrayOfTables(present)) => {
            let mut tables: Vec<Option<Table>> = present.iter().cloned().map(Some).collect();
            *present = ArrayOfTables::new();
            for (rule, from) in rules.iter().zip(origins(old, rules)) {
                let kept = from.and_then(|at| tables.get_mut(at)?.take());
                let mut table = kept.unwrap_or_default();
                fill(&mut table, rule, from.and_then(|at| old.get(at)), &names);
                forget_position(&mut table);
                present.push(table);
            }
        }
        Some(Item::Value(Value::Array(present))) => {
            let items: Vec<Value> = present.iter().cloned().collect();
            present.clear();
            for (rule, from) in rules.iter().zip(origins(old, rules)) {
                let kept = from.and_then(|at| items.get(at)?.as_inline_table().cloned());
                let mut table = kept.unwrap_or_default();
                // A comment behind the number would swallow the rest of the line.
                fill(&mut table, rule, from.and_then(|at| old.get(at)), &[]);
                present.push_formatted(Value::InlineTable(table));
            }
        }
        _ => {
            let mut tables = ArrayOfTables::new();
            for rule in rules {
                let mut table = Table::new();
                fill(&mut table, rule, None, &names);
                tables.push(table);
            }
            itglue.insert(KEY, Item::ArrayOfTables(tables));
        }
    }
}

/// For each rule, the old one it is: the same, else one of the same conditions, else what stood in its
/// place.
fn origins(old: &[TypeRule], new: &[TypeRule]) -> Vec<Option<usize>> {
    let mut origins: Vec<Option<usize>> = vec![None; new.len()];
    let mut taken = vec![false; old.len()];
    let same: [&dyn Fn(usize, usize) -> bool; 3] = [
        &|at, from| new.get(at) == old.get(from),
        &|at, from| new.get(at).map(|rule| &rule.when) == old.get(from).map(|rule| &rule.when),
        &|at, from| at == from,
    ];
    for same in same {
        for (at, origin) in origins.iter_mut().enumerate().filter(|(_, origin)| origin.is_none()) {
            let found = (0..old.len()).find(|from| !taken[*from] && same(at, *from));
            if let Some(taken) = found.and_then(|from| taken.get_mut(from)) {
                *taken = true;
                *origin = found;
            }
        }
    }
    origins
}

/// Writes what differs.
fn fill(
    table: &mut dyn TableLike,
    rule: &TypeRule,
    before: Option<&TypeRule>,
    names: &[(i64, &str)],
) {
    if before.is_none_or(|before| before.when != rule.when) {
        put(table, "when", when(&rule.when));
    }
    integer(table, "type_id", Some(rule.type_id.get()), names);
}

/// One condition on the line, several on a line each.
fn when(conditions: &[Condition]) -> Value {
    let mut array = Array::new();
    let several = conditions.len() > 1;
    for condition in conditions {
        let mut table = InlineTable::new();
        table.insert("fact", condition.fact.as_str().into());
        let operator = &condition.operator;
        let value = match operator.value() {
            Some(text) => text.into(),
            None => true.into(),
        };
        table.insert(operator.word(), value);
        let mut value = Value::InlineTable(table);
        if several {
            value.decor_mut().set_prefix("\n    ");
            array.push_formatted(value);
        } else {
            array.push(value);
        }
    }
    if several {
        array.set_trailing("\n");
        array.set_trailing_comma(true);
    }
    Value::Array(array)
}

/// Tables are printed by their position in the file they were read from; without one, in the order of
/// the list. What lies below goes along.
fn forget_position(table: &mut Table) {
    table.set_position(None);
    for (_, item) in table.iter_mut() {
        match item {
            Item::Table(below) => forget_position(below),
            Item::ArrayOfTables(below) => below.iter_mut().for_each(forget_position),
            _ => {}
        }
    }
}
