//! The composition root: the only place that joins the modules into running roles.
