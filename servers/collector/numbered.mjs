// Numbers the requests that a client hands to the browser: what arrives twice under one number was
// repeated on its way, by the browser or by a proxy, and was sent once by the client.

/**
 * Adds the number of the request to the address of everything that `scope` sends to `endpoint`, as
 * parameter `name`; `owner` tells one load of the page from all others. Nothing else is changed.
 */
export function numberRequests(scope, { endpoint, name, owner }) {
  let requests = 0;

  function numbered(address) {
    const url = new URL(String(address), scope.location.href);
    const isOurs = url.origin === scope.location.origin && url.pathname.startsWith(endpoint);
    if (!isOurs) return address;
    requests += 1;
    url.searchParams.append(name, `${owner}/${requests}`);
    return url.href;
  }

  const { fetch, XMLHttpRequest, navigator, Request } = scope;
  // Numbered as it is made: a copy of one that has a body sends it as a stream, which WebKitGTK
  // does not, and Chromium does over HTTP/2 alone.
  scope.Request = class extends Request {
    constructor(input, options) {
      super(input instanceof Request ? input : numbered(input), options);
    }
  };
  scope.fetch = function (input, options) {
    if (!(input instanceof Request)) return fetch.call(scope, numbered(input), options);
    if (new URL(input.url, scope.location.href).searchParams.has(name)) {
      return fetch.call(scope, input, options);
    }
    const address = numbered(input.url);
    return fetch.call(scope, address === input.url ? input : new Request(address, input), options);
  };
  const { open } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (method, address, ...more) {
    return open.call(this, method, numbered(address), ...more);
  };
  if (navigator.sendBeacon) {
    const beacon = navigator.sendBeacon.bind(navigator);
    navigator.sendBeacon = (address, data) => beacon(numbered(address), data);
  }
}
