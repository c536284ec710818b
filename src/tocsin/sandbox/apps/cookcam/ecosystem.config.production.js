module.exports = {
  apps: [
    {
      name: 'cookcam-api',
      script: './server.js',
      cwd: __dirname,
      exec_mode: 'fork',
      instances: 1,
      kill_timeout: 1500,
      node_args: ['--heapsnapshot-signal=SIGUSR2'],
      env: { NODE_ENV: 'production', PORT: '3000' },
    },
  ],
};
