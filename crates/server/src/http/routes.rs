//! Routes that know their own names, so that what is documented can be compared with what is there, and who may use
//! them: no route can be written down without that.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, on};

use crate::app::App;
use crate::auth::rights::Need;

/// Who may use which route.
#[derive(Debug, Default)]
pub struct Needs(HashMap<String, Vec<(Method, Need)>>);

impl Needs {
    /// Who may use a route, by its method and its path as it is written there. A `HEAD` is answered by the route of the
    /// `GET`, if it has none of its own.
    pub fn of(&self, method: &Method, route: &str) -> Option<Need> {
        let here = self.0.get(route)?;
        let by = |wanted: &Method| here.iter().find(|(method, _)| method == wanted).map(|(_, need)| *need);
        by(method).or_else(|| if *method == Method::HEAD { by(&Method::GET) } else { None })
    }
}

/// Routes under one prefix.
pub struct Routes {
    prefix: &'static str,
    base: &'static str,
    router: Router<Arc<App>>,
    all: Vec<(Method, String, Need)>,
}

impl Routes {
    /// No routes yet.
    pub fn under(prefix: &'static str) -> Routes {
        Routes::at(prefix, "")
    }

    /// No routes yet; all of them will begin with `base` under the prefix.
    pub fn at(prefix: &'static str, base: &'static str) -> Routes {
        Routes { prefix, base, router: Router::new(), all: Vec::new() }
    }

    /// `GET path`.
    pub fn get<T: 'static>(self, need: Need, path: &str, handler: impl Handler<T, Arc<App>>) -> Routes {
        self.with((Method::GET, MethodFilter::GET), need, path, handler)
    }

    /// `HEAD path`, where there is no `GET`.
    pub fn head<T: 'static>(self, need: Need, path: &str, handler: impl Handler<T, Arc<App>>) -> Routes {
        self.with((Method::HEAD, MethodFilter::HEAD), need, path, handler)
    }

    /// `POST path`.
    pub fn post<T: 'static>(self, need: Need, path: &str, handler: impl Handler<T, Arc<App>>) -> Routes {
        self.with((Method::POST, MethodFilter::POST), need, path, handler)
    }

    /// `PUT path`.
    pub fn put<T: 'static>(self, need: Need, path: &str, handler: impl Handler<T, Arc<App>>) -> Routes {
        self.with((Method::PUT, MethodFilter::PUT), need, path, handler)
    }

    /// `PATCH path`.
    pub fn patch<T: 'static>(self, need: Need, path: &str, handler: impl Handler<T, Arc<App>>) -> Routes {
        self.with((Method::PATCH, MethodFilter::PATCH), need, path, handler)
    }

    /// `DELETE path`.
    pub fn delete<T: 'static>(self, need: Need, path: &str, handler: impl Handler<T, Arc<App>>) -> Routes {
        self.with((Method::DELETE, MethodFilter::DELETE), need, path, handler)
    }

    fn with<T: 'static>(
        mut self,
        (method, filter): (Method, MethodFilter),
        need: Need,
        path: &str,
        handler: impl Handler<T, Arc<App>>,
    ) -> Routes {
        let path = format!("{}{path}", self.base);
        self.all.push((method, format!("{}{path}", self.prefix), need));
        Routes { router: self.router.route(&path, on(filter, handler)), ..self }
    }

    /// These routes and others under the same prefix.
    pub fn and(mut self, others: Routes) -> Routes {
        self.all.extend(others.all);
        Routes { router: self.router.merge(others.router), ..self }
    }

    /// Method and whole path of each.
    pub fn names(self) -> Vec<(Method, String)> {
        self.all.into_iter().map(|(method, path, _)| (method, path)).collect()
    }

    /// Who may use each.
    pub fn needs(self) -> Needs {
        let mut needs = Needs::default();
        for (method, path, need) in self.all {
            needs.0.entry(path).or_default().push((method, need));
        }
        needs
    }

    /// For nesting under the prefix.
    pub fn into_router(self) -> Router<Arc<App>> {
        self.router
    }
}
