// SPDX-License-Identifier: Apache-2.0
// Lets the search work on pages that are opened from disk: browsers start no worker there, so a hidden frame does its part.
if (location.protocol === "file:") {
  const start = `
    self.importScripts = (...urls) => urls.flat().reduce((before, url) => before.then(() => new Promise((done, failed) => {
      document.body.appendChild(Object.assign(document.createElement("script"), { src: url, onload: done, onerror: failed }))
    })), Promise.resolve())`
  window.IFrameWorker = window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      const frame = Object.assign(document.createElement("iframe"), { hidden: true })
      document.body.appendChild(frame)
      const inner = (this.inner = frame.contentWindow)
      inner.document.write(`<!doctype html><body><script>${start}</` + "script>")
      inner.postMessage = data => this._tell(this, data)
      this.ready = inner.importScripts(new URL(url, location.href).href)
    }
    _tell(target, data) {
      const event = new MessageEvent("message", { data })
      target.dispatchEvent(event)
      if (target === this && this.onmessage) this.onmessage(event)
    }
    postMessage(data) {
      this.ready = this.ready.then(() => this._tell(this.inner, data))
    }
    terminate() {
      this.inner.frameElement.remove()
    }
  }
}
