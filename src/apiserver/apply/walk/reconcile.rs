//! Sets of fields that follow the schema.

use crate::apply::element::PathElement;
use crate::apply::fields::{FieldSet, Node};
use crate::apply::typed::{Form, TypeRef};

/// Follows a list or map that has become atomic since the set was made: who owned something in it owns it as a whole.
/// Tells whether the set changed.
pub(crate) fn reconcile(fields: &mut FieldSet, typed: TypeRef<'_>) -> bool {
    let mut changed = false;
    match typed.form(None) {
        Form::Scalar(_) => {}
        Form::List(list) => {
            fields.edit(|node| changed |= reconcile_node(node, list.element()));
        }
        Form::Map(map) if map.is_deduced() => {}
        Form::Map(map) => fields.edit(|node| {
            let typed = match &node.element {
                PathElement::Field(name) => map.field(name),
                PathElement::Key(_) | PathElement::Value(_) | PathElement::Index(_) => None,
            };
            if let Some(typed) = typed {
                changed |= reconcile_node(node, typed);
            }
        }),
    }
    changed
}

fn reconcile_node(node: &mut Node, typed: TypeRef<'_>) -> bool {
    if node.children.is_empty() {
        return false;
    }
    let atomic = match typed.form(None) {
        Form::Scalar(_) => return false,
        Form::List(list) => list.atomic(),
        Form::Map(map) => map.atomic() && !map.is_deduced(),
    };
    if atomic {
        node.member = true;
        node.children = FieldSet::default();
        return true;
    }
    reconcile(&mut node.children, typed)
}

/// Adds the fields with a name in the type that are not in the set themselves but have something below: `.spec` where
/// `.spec.replicas` is in it. The values of maps are no such fields.
pub(crate) fn name_fields(fields: &mut FieldSet, typed: Option<TypeRef<'_>>) {
    let form = typed.map(|typed| typed.form(None));
    // A type may be a map and a list at once; its elements are those of whichever fits.
    let as_list = typed.map(|typed| typed.form(Some(&serde_json::Value::Array(Vec::new()))));
    fields.edit(|node| {
        let below = match (&node.element, &form, &as_list) {
            (PathElement::Field(name), Some(Form::Map(map)), _) => {
                if !node.children.is_empty() && map.declares(name) {
                    node.member = true;
                }
                map.field(name)
            }
            (PathElement::Key(_), _, Some(Form::List(list))) => Some(list.element()),
            (
                PathElement::Field(_) | PathElement::Key(_) | PathElement::Value(_) | PathElement::Index(_),
                _,
                _,
            ) => None,
        };
        name_fields(&mut node.children, below);
    });
}
