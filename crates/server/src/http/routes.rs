//! Routes that know their own names, so that what is documented can be compared with what is there.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, on};

use crate::app::App;

/// Routes under one prefix.
pub struct Routes {
    prefix: &'static str,
    base: &'static str,
    router: Router<Arc<App>>,
    names: Vec<(Method, String)>,
}

impl Routes {
    /// No routes yet.
    pub fn under(prefix: &'static str) -> Routes {
        Routes::at(prefix, "")
    }

    /// No routes yet; all of them will begin with `base` under the prefix.
    pub fn at(prefix: &'static str, base: &'static str) -> Routes {
        Routes { prefix, base, router: Router::new(), names: Vec::new() }
    }

    /// `GET path`.
    pub fn get<T: 'static>(self, path: &str, handler: impl Handler<T, Arc<App>>) -> Routes {
        self.with(Method::GET, MethodFilter::GET, path, handler)
    }

    /// `HEAD path`, where there is no `GET`.
    pub fn head<T: 'static>(self, path: &str, handler: impl Handler<T, Arc<App>>) -> Routes {
        self.with(Method::HEAD, MethodFilter::HEAD, path, handler)
    }

    /// `POST path`.
    pub fn post<T: 'static>(self, path: &str, handler: impl Handler<T, Arc<App>>) -> Routes {
        self.with(Method::POST, MethodFilter::POST, path, handler)
    }

    /// `PUT path`.
    pub fn put<T: 'static>(self, path: &str, handler: impl Handler<T, Arc<App>>) -> Routes {
        self.with(Method::PUT, MethodFilter::PUT, path, handler)
    }

    /// `PATCH path`.
    pub fn patch<T: 'static>(self, path: &str, handler: impl Handler<T, Arc<App>>) -> Routes {
        self.with(Method::PATCH, MethodFilter::PATCH, path, handler)
    }

    /// `DELETE path`.
    pub fn delete<T: 'static>(self, path: &str, handler: impl Handler<T, Arc<App>>) -> Routes {
        self.with(Method::DELETE, MethodFilter::DELETE, path, handler)
    }

    fn with<T: 'static>(
        mut self,
        method: Method,
        filter: MethodFilter,
        path: &str,
        handler: impl Handler<T, Arc<App>>,
    ) -> Routes {
        let path = format!("{}{path}", self.base);
        self.names.push((method, format!("{}{path}", self.prefix)));
        Routes { router: self.router.route(&path, on(filter, handler)), ..self }
    }

    /// These routes and others under the same prefix.
    pub fn and(mut self, others: Routes) -> Routes {
        self.names.extend(others.names);
        Routes { router: self.router.merge(others.router), ..self }
    }

    /// Method and whole path of each.
    pub fn names(self) -> Vec<(Method, String)> {
        self.names
    }

    /// For nesting under the prefix.
    pub fn into_router(self) -> Router<Arc<App>> {
        self.router
    }
}
