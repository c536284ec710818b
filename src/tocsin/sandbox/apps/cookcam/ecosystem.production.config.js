// The same under a name that PM2 takes for a configuration, and with the limit that its command line ignores.
const { apps } = require('./ecosystem.config.production.js');

module.exports = { apps: apps.map((app) => ({ ...app, max_memory_restart: '1G' })) };
